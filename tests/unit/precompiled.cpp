// Nothing: the owner of the unit tests' precompiled header needs a source.
