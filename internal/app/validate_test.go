package app

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kept/internal/testfix"
	"kept/internal/validate"
)

func validation(t *testing.T, environ map[string]string, args ...string) *validate.Report {
	t.Helper()
	var out struct {
		Reports []*validate.Report `json:"reports"`
	}
	if err := json.Unmarshal([]byte(must(t, environ, append([]string{"validate", "--json"}, args...)...)), &out); err != nil {
		t.Fatal(err)
	}
	if len(out.Reports) != 1 {
		t.Fatalf("%d reports", len(out.Reports))
	}
	return out.Reports[0]
}

// TestValidateRavenStack: the honest answer is that usage does not predict the
// churn of that data set, whose labels are random.
func TestValidateRavenStack(t *testing.T) {
	data := testfix.Shared(t, "data", "ravenstack")
	environ := map[string]string{"KEPT_DATA": t.TempDir()}
	must(t, environ, "import", "--json", "--mapping", filepath.Join(root, "examples", "ravenstack", "mapping.yaml"), data)
	must(t, environ, "apply", filepath.Join(root, "examples", "ravenstack", "model"))
	r := validation(t, environ)
	if r.Setup.Outcome != "event:account_churned" || r.Setup.OutcomeWhy == "" || r.Setup.DataEnd.Format("2006-01-02") != "2024-12-31" {
		t.Errorf("outcome %q (%s), data to %s", r.Setup.Outcome, r.Setup.OutcomeWhy, r.Setup.DataEnd)
	}
	auc := r.Metrics.AUC
	if r.Verdict != validate.VerdictNotShown || auc.Events < 200 || *auc.Low > .5 || *auc.High < .5 || *auc.High > .6 {
		t.Errorf("verdict %s, AUC %.3f (%.3f to %.3f), %d departures", r.Verdict, *auc.Value, *auc.Low, *auc.High, auc.Events)
	}
	if !strings.Contains(r.Sentences[0], "does not predict who leaves") || !strings.Contains(strings.Join(r.Sentences, " "), "None of its 9 inputs tells leavers from stayers") {
		t.Errorf("it says %q", r.Sentences)
	}
	for _, m := range r.Measures {
		if m.Tells {
			t.Errorf("%s tells something of random labels: %+v", m.Metric, m.AUC)
		}
	}
	// Nor can weights be learned from it, or a driver be found.
	learned := must(t, environ, "learn")
	if !strings.Contains(learned, "does not rank who leaves") || strings.Contains(learned, "moved") {
		t.Errorf("learned weights say %s", learned)
	}
	if found := must(t, environ, "drivers"); !strings.Contains(found, "No metric is shown to predict who leaves.") {
		t.Errorf("drivers say %s", found)
	}
}

// TestChurnRavenStack: nothing in that data set tells who leaves, so no account
// gets a probability; nor does it as of a day long after the data.
func TestChurnRavenStack(t *testing.T) {
	data := testfix.Shared(t, "data", "ravenstack")
	environ := map[string]string{"KEPT_DATA": t.TempDir()}
	must(t, environ, "import", "--json", "--mapping", filepath.Join(root, "examples", "ravenstack", "mapping.yaml"), data)
	must(t, environ, "apply", filepath.Join(root, "examples", "ravenstack", "model"))
	for asOf, says := range map[string]string{"2024-12-31": "no better than saying the share of all", "2026-06-01": "Nothing is on record after 2024-12-31"} {
		if out := must(t, environ, "churn", "--as-of", asOf); !strings.Contains(out, says) || strings.Contains(out, "Leaves within") {
			t.Errorf("as of %s it says %s", asOf, out)
		}
	}
}

// TestValidateTelco imports the cross-section with the dates that the example
// gives it, and judges its hand-made scorecard.
func TestValidateTelco(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(testfix.Shared(t, "data", "telco-ibm"), "Telco-Customer-Churn.csv"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "telco.csv"), dated(t, raw), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := map[string]string{"KEPT_DATA": t.TempDir()}
	must(t, environ, "import", "--json", "--mapping", filepath.Join(root, "examples", "telco-ibm", "mapping.yaml"), filepath.Join(dir, "telco.csv"))
	must(t, environ, "apply", filepath.Join(root, "examples", "telco-ibm", "model"))
	r := validation(t, environ, "--horizon", "30d", "--grace", "0d", "--from", "2019-12-01", "--as-of", "2020-01-01")
	auc := r.Metrics.AUC
	if r.Verdict != validate.VerdictPredicts || auc.Events != 1869 || auc.N != 7032 || *auc.Value < .78 || *auc.Value > .845 {
		t.Errorf("verdict %s (%s), AUC %v, %d of %d", r.Verdict, r.Refusal, auc.Value, auc.Events, auc.N)
	}
	if len(r.Setup.CutOffs) != 1 || !strings.Contains(strings.Join(r.Setup.Notes, " "), "history is short") {
		t.Errorf("cut-offs %v, notes %q", r.Setup.CutOffs, r.Setup.Notes)
	}
}

// dated does what examples/telco-ibm/prepare.awk does, so that the test needs no awk.
func dated(t *testing.T, raw []byte) []byte {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	var out strings.Builder
	out.WriteString("id,signup,left_on,arr,month_to_month,fiber,no_internet,electronic_check,paperless,protected,alone,senior\n")
	for _, row := range rows[1:] {
		is := func(column, value string) int {
			if row[at[column]] == value {
				return 1
			}
			return 0
		}
		tenure, err := strconv.Atoi(row[at["tenure"]])
		if err != nil {
			t.Fatal(err)
		}
		months := 2020*12 - tenure
		signup := fmt.Sprintf("%04d-%02d-01", months/12, months%12+1)
		if tenure == 0 {
			signup = "2019-12-15"
		}
		charge, err := strconv.ParseFloat(row[at["MonthlyCharges"]], 64)
		if err != nil {
			t.Fatal(err)
		}
		leftOn := ""
		if is("Churn", "Yes") == 1 {
			leftOn = "2019-12-31"
		}
		fmt.Fprintf(&out, "%s,%s,%s,%.2f,%d,%d,%d,%d,%d,%d,%d,%s\n", row[at["customerID"]], signup, leftOn, 12*charge,
			is("Contract", "Month-to-month"), is("InternetService", "Fiber optic"), is("InternetService", "No"), is("PaymentMethod", "Electronic check"), is("PaperlessBilling", "Yes"),
			is("OnlineSecurity", "Yes")+is("OnlineBackup", "Yes")+is("DeviceProtection", "Yes")+is("TechSupport", "Yes"),
			is("Partner", "No")*is("Dependents", "No"), row[at["SeniorCitizen"]])
	}
	return []byte(out.String())
}
