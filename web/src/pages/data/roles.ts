/** The roles, from most to least, with what each may do. */
export const ROLES = [
  { value: 'admin', label: 'Admin', can: 'Everything, users included' },
  { value: 'operator', label: 'Operator', can: 'Runs the data and the model: imports, tokens and keys' },
  { value: 'leader', label: 'Leader', can: 'Leads a team: changes the model, not the users' },
  { value: 'csm', label: 'CSM', can: 'Works with accounts: notes, overrides, owners' },
  { value: 'viewer', label: 'Viewer', can: 'Reads everything, changes nothing' },
];

export const roleTitle = (role: string) => ROLES.find((r) => r.value === role)?.label ?? role;
