/** Largest file, in bytes, of a network that turns frames into features: it is run for every frame of a clip on one machine. */
export const largestBackbone = 2 ** 30
