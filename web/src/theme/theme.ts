import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const indigo: MantineColorsTuple = [
  '#eceffc', '#d5daf6', '#aab4ec', '#8f9df6', '#6d7de4', '#5163d6', '#3d4fc4', '#3443a8', '#2b388c', '#212b6d',
];

const dark: MantineColorsTuple = [
  '#e8ebf0', '#b3bcc9', '#8e98a8', '#6d7787', '#424b59', '#2a303a', '#1b1f26', '#14171c', '#0f1216', '#0a0c0f',
];

// Dense and calm: 13 px text on a 4 px grid, one accent, borders instead of shadows.
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 6, dark: 6 },
  colors: { indigo, dark },
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  shadows: {
    md: '0 4px 16px rgb(15 18 22 / 0.10)',
    lg: '0 8px 28px rgb(15 18 22 / 0.14)',
    xl: '0 12px 40px rgb(15 18 22 / 0.18)',
  },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    TextInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { withArrow: false, openDelay: 350, fz: 12, multiline: true, maw: 320 } },
    Menu: { defaultProps: { shadow: 'md', withinPortal: true } },
    Drawer: { defaultProps: { position: 'right', overlayProps: { backgroundOpacity: 0.18 } } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1a202c',
    '--mantine-color-dimmed': '#5b6576',
    '--mantine-color-default-border': '#c9cfd8',
    '--mantine-color-placeholder': '#6b7585',
    '--mantine-color-error': '#c0303f',
  },
  dark: {
    '--mantine-color-body': '#1b1f26',
    '--mantine-color-text': '#e8ebf0',
    '--mantine-color-dimmed': '#8e98a8',
    '--mantine-color-default': '#1b1f26',
    '--mantine-color-default-hover': '#1f242c',
    '--mantine-color-default-border': '#424b59',
    '--mantine-color-placeholder': '#8e98a8',
    '--mantine-color-error': '#f28591',
  },
});
