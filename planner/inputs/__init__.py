"""The only room that reads files: a case folder becomes a frozen, checked `Case`."""
