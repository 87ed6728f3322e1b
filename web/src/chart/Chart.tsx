import { ActionIcon, Menu, useComputedColorScheme } from '@mantine/core';
import { IconChartBar, IconDotsVertical, IconFileTypeCsv, IconPhoto, IconTable, IconVector } from '@tabler/icons-react';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { saveText, toCsv } from '../explain/csv';
import s from './chart.module.css';
import { readPalette, type Palette } from './palette';
import { savePng } from './png';

export type ChartTable = { header: string[]; rows: (string | number | null)[][] };

type Props = {
  /** The message of the chart, as a sentence. */
  title: ReactNode;
  /** What is measured, in what unit. */
  subtitle?: ReactNode;
  /** The drawing; called again when the theme changes. */
  option: (palette: Palette) => EChartsCoreOption;
  /** The same data as a table: for screen readers, for the toggle and for CSV. */
  table: ChartTable;
  /** Name of exported files. */
  name: string;
  height?: number;
  /** A click on a mark: its series and the index of its data. */
  onPick?: (series: string, index: number) => void;
  legend?: { label: string; color: string }[];
};

/**
 * A chart with its message, its legend, a table of the same data and its export.
 * The library is loaded when the first chart is shown.
 */
export function Chart({ title, subtitle, option, table, name, height = 200, onPick, legend }: Props) {
  const dark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark';
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const pick = useRef(onPick);
  const [asTable, setAsTable] = useState(false);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    pick.current = onPick;
  });

  useEffect(() => {
    const element = box.current;
    if (!element || asTable) return;
    let gone = false;
    let watch: ResizeObserver | undefined;
    import('./echarts').then(
      ({ init }) => {
        if (gone) return;
        const made = init(element, null, { renderer: 'svg' });
        chart.current = made;
        made.setOption(withManners(option(readPalette(dark)), readPalette(dark)));
        made.on('click', (event) => pick.current?.(event.seriesId ?? event.seriesName ?? '', event.dataIndex));
        watch = new ResizeObserver(() => made.resize());
        watch.observe(element);
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      watch?.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
    // The option is set by the effect below when only it changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [dark, asTable]);

  useEffect(() => {
    chart.current?.setOption(withManners(option(readPalette(dark)), readPalette(dark)), { notMerge: true });
  }, [option, dark]);

  const svg = () => box.current?.querySelector('svg')?.outerHTML;
  return (
    <figure className={s.figure}>
      <figcaption className={s.caption}>
        <div className={s.captionText}>
          <span className={s.title}>{title}</span>
          {subtitle && <span className={s.subtitle}>{subtitle}</span>}
        </div>
        {legend && (
          <div className={s.legend}>
            {legend.map((item) => (
              <span key={item.label}>
                <i style={{ background: item.color }} />
                {item.label}
              </span>
            ))}
          </div>
        )}
        <Menu position="bottom-end" width={190}>
          <Menu.Target>
            <ActionIcon aria-label={`More for this chart: ${name}`} size={24} className="no-print">
              <IconDotsVertical size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={asTable ? <IconChartBar size={16} /> : <IconTable size={16} />} onClick={() => setAsTable(!asTable)}>
              {asTable ? 'Show as chart' : 'Show as table'}
            </Menu.Item>
            <Menu.Item leftSection={<IconFileTypeCsv size={16} />} onClick={() => saveText(`${name}.csv`, toCsv(table.header, table.rows))}>
              Save as CSV
            </Menu.Item>
            <Menu.Item leftSection={<IconVector size={16} />} disabled={asTable} onClick={() => saveText(`${name}.svg`, svg() ?? '', 'image/svg+xml')}>
              Save as SVG
            </Menu.Item>
            <Menu.Item leftSection={<IconPhoto size={16} />} disabled={asTable} onClick={() => void savePng(`${name}.png`, svg() ?? '', readPalette(dark).ground)}>
              Save as PNG
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </figcaption>
      {!asTable && !failed && <div ref={box} style={{ height }} aria-hidden="true" />}
      <div className={asTable || failed ? s.table : 'sr-only'} style={asTable ? { height } : undefined} tabIndex={asTable ? 0 : undefined}>
        <table>
          <caption className="sr-only">{name}</caption>
          <thead>
            <tr>
              {table.header.map((h) => (
                <th key={h} scope="col">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, j) => (
                  <td key={j}>{cell ?? '–'}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

// What every chart has in common: the font, quiet axes, no movement of its own.
function withManners(option: EChartsCoreOption, palette: Palette): EChartsCoreOption {
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif', fontSize: 11, color: palette.muted },
    ...option,
  };
}
