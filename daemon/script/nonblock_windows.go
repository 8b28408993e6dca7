package script

// openNonblock is nothing here: there are no FIFOs among files.
const openNonblock = 0
