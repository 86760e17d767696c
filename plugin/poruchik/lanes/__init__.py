"""The lanes: bounded, restartable steps between the connected systems and the store. One file a lane."""
