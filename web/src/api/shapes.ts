// More shapes of the HTTP API: records of an account, the model, imports, settings.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Contact = Schemas['Contact'];
export type SubscriptionRow = Schemas['SubscriptionRow'];
export type Revision = Schemas['Revision'];
export type Ticket = Schemas['Ticket'];
export type ActivityRow = Schemas['ActivityRow'];
export type AttributeRow = Schemas['AttributeRow'];
export type TimelineItem = Schemas['TimelineItem'];
export type OverrideRow = Schemas['OverrideRow'];
export type AccountUsage = Schemas['AccountUsage'];
export type UsageSeries = Schemas['UsageSeries'];
export type AccountMetric = Schemas['AccountMetric'];
export type AccountMetricDetail = Schemas['AccountMetricDetail'];
export type MetricWhy = Schemas['MetricWhy'];
export type HealthPoint = Schemas['HealthPoint'];
export type Annotation = Schemas['Annotation'];
export type NewActivity = Schemas['NewActivityInputBody'];
export type NewOverride = Schemas['NewOverrideInputBody'];
export type NewManual = Schemas['NewManualInputBody'];
export type NewAttribute = Schemas['NewAttributeInputBody'];
export type NewContact = Schemas['NewContactInputBody'];
export type ChangeAccount = Schemas['ChangeAccountInputBody'];

export type Scorecard = Schemas['Scorecard'];
export type ScorecardRow = Schemas['ScorecardRow'];
export type ScorecardDetail = Schemas['ScorecardDetail'];
export type ScorecardGroup = Schemas['ScorecardGroup'];
export type ScorecardMeasure = Schemas['ScorecardMeasure'];
export type ScorecardBand = Schemas['ScorecardBand'];
export type ScorecardException = Schemas['ScorecardException'];
export type Validation = Schemas['ValidationReport'];
export type Estimate = Schemas['Estimate'];
export type Impact = Schemas['Impact'];
export type Distribution = Schemas['Distribution'];
export type ModelText = Schemas['ModelText'];
export type ModelVersion = Schemas['ModelVersion'];
export type ModelPlan = Schemas['ModelPlan'];
export type DraftRow = Schemas['DraftRow'];
export type DraftText = Schemas['DraftText'];
export type EventRows = Schemas['EventRows'];
export type Correction = Schemas['Correction'];
export type ModelChange = Schemas['ModelChange'];
export type TextError = Schemas['TextError'];

export type SourceRow = Schemas['SourceRow'];
export type ImportRow = Schemas['ImportRow'];
export type ImportReport = Schemas['ImportReport'];
export type Inspection = Schemas['Inspection'];
export type EventRow = Schemas['Event'];
export type EventName = Schemas['EventName'];
export type TokenRow = Schemas['TokenRow'];
export type NewToken = Schemas['NewToken'];
export type WriteKeyRow = Schemas['WriteKeyRow'];
export type NewWriteKey = Schemas['NewWriteKey'];
export type AuditRow = Schemas['AuditRow'];

/** A list whose numbers are as of an instant under a model version. */
export type NumberList<T> = { items: T[]; total: number; next_cursor?: string; as_of: string; model_version: number };
export type Connector = Schemas['ConnectorRow'];
export type ConnectorField = Schemas['ConnectorField'];
export type Connection = Schemas['ConnectionRow'];
export type ConnectionDraft = Schemas['ConnectionDraft'];
export type ConnectionRun = Schemas['ConnectionRunRow'];
export type ConnectionTest = Schemas['ConnectionTest'];
export type ConnectionPreview = Schemas['ConnectionPreview'];
export type WaitingRow = Schemas['WaitingRow'];
export type WebhookKind = Schemas['WebhookKind'];
export type Webhook = Schemas['WebhookRow'];
export type NewWebhook = Schemas['NewWebhook'];
export type WebhookDraft = Schemas['WebhookDraft'];
export type Delivery = Schemas['DeliveryRow'];
