import { saveBlob } from '../explain/csv';

/** Draws an SVG text on a canvas at twice its size and saves it. */
export async function savePng(name: string, svg: string, ground: string) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * 2;
  canvas.height = image.height * 2;
  const draw = canvas.getContext('2d');
  if (!draw) return;
  draw.fillStyle = ground;
  draw.fillRect(0, 0, canvas.width, canvas.height);
  draw.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((blob) => blob && saveBlob(name, blob));
}
