package maturity

// Dimension is one part of the operating model that is rated.
type Dimension struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	// Place is the page of the web app where the dimension is worked on.
	Place     string     `json:"place"`
	Questions []Question `json:"questions"`
}

// Question is rated 0 to 3 by the anchor that describes the company best.
type Question struct {
	Number  int       `json:"number"`
	Text    string    `json:"text"`
	Anchors [4]string `json:"anchors"`
}

// Questionnaire names the text below, so that answers given to another one are
// never read as answers to this.
const Questionnaire = "kept-maturity-1"

// Dimensions returns the questionnaire: nine dimensions and twenty questions. The
// text is our own; none of the published maturity models has a public set of
// questions.
func Dimensions() []Dimension {
	return []Dimension{
		{Key: "segmentation", Title: "Segmentation", Place: "/operate/segments", Questions: []Question{
			{1, "How is an account's tier decided?", [4]string{"There are no tiers", "By size, by hand", "By a rule on two or more levers, one definition for the whole company", "The rule is reviewed yearly against value and effort"}},
			{2, "Does the tier change what we do?", [4]string{"No", "For some CSMs", "There is a touch model per tier", "Staffing and plays per tier, and exceptions expire"}},
			{3, "Is lift known by tier?", [4]string{"No", "Before and after", "Against accounts that were not treated", "With intervals, and it steers the budget"}},
		}},
		{Key: "health", Title: "Health", Place: "/health", Questions: []Question{
			{4, "What is the health score made of?", [4]string{"There is none", "The CSM's opinion", "Weighted, from several sources, dated", "Validated weights per segment"}},
			{5, "Is the score tested?", [4]string{"Never", "By anecdotes", "Once against churn", "Back-tested on renewals at least yearly"}},
			{6, "What happens to missing or old data?", [4]string{"It counts as bad or as good", "Nobody knows", "It is shown as missing", "Coverage and staleness are shown, and somebody owns them"}},
		}},
		{Key: "roi", Title: "Return on investment", Place: "/operate/roi", Questions: []Question{
			{7, "Which outcomes are claimed?", [4]string{"Counts of activities", "Health or NPS", "Influenced ARR, each opportunity once", "Incremental, with a control group"}},
			{8, "Are levers tied to outcomes?", [4]string{"No", "There is a list of activities", "A map of leading and lagging measures", "A map with measured links"}},
		}},
		{Key: "product_lines", Title: "Product lines", Place: "/operate/pilot", Questions: []Question{
			{9, "How was the first product line chosen?", [4]string{"By accident", "By the loudest sponsor", "Options with data", "With gates and exit criteria, and reviewed"}},
			{10, "Is the life with each product visible?", [4]string{"Only the account's", "In notes", "A relationship per product", "Its own score, roll-up and owner"}},
		}},
		{Key: "coordination", Title: "Coordination", Place: "/operate/coordination", Questions: []Question{
			{11, "How does Sales hand over?", [4]string{"By e-mail", "With a template", "Required fields, and completeness is known", "No kickoff before it is complete, and it is measured"}},
			{12, "Are there feedback, references and priority feeds for the other teams?", [4]string{"None", "Ad hoc", "Logged, with an owner", "Each with a metric that the other team uses"}},
		}},
		{Key: "charter", Title: "Charter", Place: "/operate/charter", Questions: []Question{
			{13, "Is there a written charter?", [4]string{"No", "Slides", "Goals, roles and measures, approved", "Versioned and reviewed, every measure defined"}},
			{14, "Who decides what?", [4]string{"Unclear", "By habit", "There is a RACI", "A RACI per segment, and conflicts get resolved"}},
		}},
		{Key: "funding", Title: "Funding", Place: "/operate/funding", Questions: []Question{
			{15, "How is the budget set?", [4]string{"One cost line", "Per head", "By time per activity of the charter", "Reviewed yearly and tied to what drives growth"}},
			{16, "What does one more head buy?", [4]string{"Unknown", "There is a ratio", "Marginal cost per ARR", "Tested against lift"}},
		}},
		{Key: "capacity", Title: "Capacity", Place: "/operate/capacity", Questions: []Question{
			{17, "How many CSMs are needed?", [4]string{"There is no view", "By a ratio", "By hours per segment and activity", "Forecast with ramp and attrition"}},
			{18, "Is the load visible?", [4]string{"No", "By complaints", "Load per CSM", "Probability of overload, with a plan"}},
		}},
		{Key: "measures", Title: "Measures", Place: "/revenue", Questions: []Question{
			{19, "Are ARR, NRR and GRR defined?", [4]string{"No", "In a sheet", "By written policies", "Each figure names the version of its definition and ties to Finance"}},
			{20, "Is uncertainty shown?", [4]string{"No", "The number of cases is given", "Intervals where something is estimated", "It refuses when the data cannot answer"}},
		}},
	}
}

// gates are the dimensions without which nothing else stands: the overall level is
// at most one above the lowest of them.
var gates = []string{"segmentation", "health", "measures"}
