"""The world that spip's tests live in: authorities, servers, an index, a proxy, stores, pips."""
