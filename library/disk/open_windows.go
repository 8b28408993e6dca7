package disk

// nonblock is nothing: on Windows pipes do not lie in directories.
const nonblock = 0
