/** A named index: its formula over band roles, and whether its constants assume reflectance from 0 to 1. */
export interface SpectralIndex {
  readonly title: string
  readonly formula: string
  /** True when constants in the formula only make sense for reflectance between 0 and 1. */
  readonly needsReflectance: boolean
  readonly source: string
}

/**
 * The indices that can be asked for by name. Two different things are called NDWI: McFeeters' index of open water
 * (`ndwi`) and Gao's index of water in leaves (`ndwi-gao`), which is kept apart.
 */
export const spectralIndices = {
  ndvi: {
    title: 'Normalised difference vegetation index',
    formula: '(nir - red) / (nir + red)',
    needsReflectance: false,
    source: 'Rouse et al. 1974',
  },
  evi: {
    title: 'Enhanced vegetation index',
    formula: '2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1)',
    needsReflectance: true,
    source: 'Huete et al. 2002, MOD13',
  },
  evi2: {
    title: 'Enhanced vegetation index without blue',
    formula: '2.5 * (nir - red) / (nir + 2.4 * red + 1)',
    needsReflectance: true,
    source: 'Jiang et al. 2008',
  },
  savi: {
    title: 'Soil-adjusted vegetation index (L = 0.5)',
    formula: '1.5 * (nir - red) / (nir + red + 0.5)',
    needsReflectance: true,
    source: 'Huete 1988',
  },
  ndwi: {
    title: 'Normalised difference water index of McFeeters (open water)',
    formula: '(green - nir) / (green + nir)',
    needsReflectance: false,
    source: 'McFeeters 1996',
  },
  'ndwi-gao': {
    title: 'Normalised difference water index of Gao (water in leaves; with SWIR 1 as Landsat and Sentinel-2 allow)',
    formula: '(nir - swir1) / (nir + swir1)',
    needsReflectance: false,
    source: 'Gao 1996',
  },
  mndwi: {
    title: 'Modified normalised difference water index',
    formula: '(green - swir1) / (green + swir1)',
    needsReflectance: false,
    source: 'Xu 2006',
  },
  nbr: {
    title: 'Normalised burn ratio',
    formula: '(nir - swir2) / (nir + swir2)',
    needsReflectance: false,
    source: 'Key and Benson 2006',
  },
} as const satisfies Record<string, SpectralIndex>

/** Name of an index that can be asked for without giving its formula. */
export type SpectralIndexName = keyof typeof spectralIndices

/** Whether an index of that name is known. */
export function isSpectralIndex(name: string): name is SpectralIndexName {
  return Object.hasOwn(spectralIndices, name)
}
