"""The marks that a plugin puts on its functions. Imports nothing of Poruchik: no start gets slower by a plugin's."""

import pluggy

NAMESPACE = "poruchik"
"""The group of entry points and the prefix of every hook."""

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)
