using FissionGrpo.Conformance;

// Checks folders of recordings made by reference programs: `-- golden FOLDER`, `-- bfcl RECORDINGS --data DATA`, `-- tau …`, `-- tau2 …`.
// Each suite lives in its own file and reports through Verdicts; the last line is `N passed, N failed`.
return Suites.Run(args);
