# What sqlclap's plugin uses of Datasette 0.65 and of the alphas of 1.0, which carry no types.
from pluggy import HookimplMarker

hookimpl: HookimplMarker
