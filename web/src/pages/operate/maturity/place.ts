import { operateParts } from '../parts';

/** The page of a place that the server names, when this version of the app has it. */
export function pageOf(place: string | undefined): string | undefined {
  if (!place) return undefined;
  if (!place.startsWith('/operate/')) return place;
  return operateParts.some((p) => p.to === place) ? place : undefined;
}
