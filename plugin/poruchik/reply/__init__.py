"""Hints to the draft of a reply: chapter 11 and п. 10.1, 13 of Order № 269 as advice with its place."""
