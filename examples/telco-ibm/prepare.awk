# Turns the Telco table (one row a customer, tenure in months, left "within the
# last month" or not) into one with dates, as the mapping wants it:
#
#   awk -f prepare.awk Telco-Customer-Churn.csv > telco.csv
#
# The table says no date. It is taken as of 2019-12-31, a day of our own: a
# customer of n months began n months before 2020-01-01, one who left did so on
# 2019-12-31. No cell holds a comma or a quote, so a comma parts them.
BEGIN { FS = OFS = "," }
{ sub(/\r$/, "") }
NR == 1 {
	for (i = 1; i <= NF; i++) at[$i] = i
	print "id", "signup", "left_on", "arr", "month_to_month", "fiber", "no_internet", "electronic_check", "paperless", "protected", "alone", "senior"
	next
}
{
	months = 2020 * 12 - $at["tenure"]
	signup = sprintf("%04d-%02d-01", int(months / 12), months % 12 + 1)
	if ($at["tenure"] == 0) signup = "2019-12-15"
	print $at["customerID"], signup, ($at["Churn"] == "Yes" ? "2019-12-31" : ""), 12 * $at["MonthlyCharges"], \
		($at["Contract"] == "Month-to-month") + 0, ($at["InternetService"] == "Fiber optic") + 0, ($at["InternetService"] == "No") + 0, \
		($at["PaymentMethod"] == "Electronic check") + 0, ($at["PaperlessBilling"] == "Yes") + 0, \
		($at["OnlineSecurity"] == "Yes") + ($at["OnlineBackup"] == "Yes") + ($at["DeviceProtection"] == "Yes") + ($at["TechSupport"] == "Yes"), \
		($at["Partner"] == "No" && $at["Dependents"] == "No") + 0, $at["SeniorCitizen"]
}
