/** The value there, or NaN: a missing sample and a place outside the array are the same thing here. */
export const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;

/** A copy of the finite values, in their order. */
function finiteOf(values: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let index = 0; index < values.length; index++) {
    const value = at(values, index);
    if (Number.isFinite(value)) kept[count++] = value;
  }
  return kept.subarray(0, count);
}

/** The finite values in ascending order. */
export function sortFinite(values: ArrayLike<number>): Float64Array {
  const finite = finiteOf(values);
  const count = finite.length;
  return count <= insertionSortUpTo ? insertionSort(finite) : finite.sort();
}

/** Typed arrays of a dozen values are sorted faster by hand than by the engine's own sort. */
const insertionSortUpTo = 32;

function insertionSort(values: Float64Array): Float64Array {
  for (let end = 1; end < values.length; end++) insertSorted(values, end, at(values, end));
  return values;
}

/** @param share 0 to 1, interpolated between neighbours; NaN of an empty array */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = at(sorted, below);
  const part = place - below;
  return part === 0 ? low : low + part * (at(sorted, below + 1) - low);
}

/** The same of unsorted values, missing ones left out, without sorting all of them. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const finite = finiteOf(values);
  if (finite.length <= insertionSortUpTo) return quantileOfSorted(insertionSort(finite), share);
  const place = share * (finite.length - 1);
  const below = Math.floor(place);
  const low = select(finite, below);
  if (place === below) return low;
  let next = Number.POSITIVE_INFINITY;
  for (let index = below + 1; index < finite.length; index++) next = Math.min(next, at(finite, index));
  return low + (place - below) * (next - low);
}

/** Hoare's selection: afterwards the value of that rank stands at its place, smaller ones before, larger ones after. */
function select(values: Float64Array, rank: number): number {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = at(values, rank);
    let [low, high] = [left, right];
    while (low <= high) {
      while (at(values, low) < pivot) low++;
      while (at(values, high) > pivot) high--;
      if (low > high) break;
      const swapped = at(values, low);
      values[low++] = at(values, high);
      values[high--] = swapped;
    }
    if (high < rank) left = low;
    if (rank < low) right = high;
  }
  return at(values, rank);
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** @param sorted ascending; its first `count` values count */
export function medianOfFirst(sorted: Float64Array, count: number): number {
  if (count === 0) return Number.NaN;
  return (at(sorted, (count - 1) >> 1) + at(sorted, count >> 1)) / 2;
}

/**
 * The median of all values but one: what the others say about it. NaN if it stands alone.
 *
 * @param sorted ascending; its first `count` values count, and `value` is one of them
 */
export function medianWithout(sorted: Float64Array, count: number, value: number): number {
  if (count < 2) return Number.NaN;
  // with one value gone, ranks from its place on move up by one
  const low = (count - 2) >> 1;
  const high = (count - 1) >> 1;
  const without = (rank: number) => at(sorted, value <= at(sorted, rank) ? rank + 1 : rank);
  return (without(low) + without(high)) / 2;
}

/** Puts a finite value into its place among the first `count`, which ascend. @returns how many there are now */
export function insertSorted(sorted: Float64Array, count: number, value: number): number {
  if (!Number.isFinite(value)) return count;
  let place = count;
  for (; place > 0 && at(sorted, place - 1) > value; place--) sorted[place] = at(sorted, place - 1);
  sorted[place] = value;
  return count + 1;
}

/** Mean of the finite values, each cut to ±`cap`, without their signs; NaN if there is none. */
export function meanMagnitude(values: ArrayLike<number>, cap = Number.POSITIVE_INFINITY): number {
  let sum = 0;
  let count = 0;
  for (let index = 0; index < values.length; index++) {
    const magnitude = Math.abs(at(values, index));
    if (!Number.isFinite(magnitude)) continue;
    sum += Math.min(magnitude, cap);
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}
