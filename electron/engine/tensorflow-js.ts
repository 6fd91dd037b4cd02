// The union package registers all gradients and chained operations on the one tfjs-core instance (its CommonJS
// build); importing tfjs-core's own registration files would load a second core beside it.
import '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs-core'

// Production mode leaves out TF.js's per-kernel checks and its console advertisement.
tf.enableProdMode()

export { tf }
