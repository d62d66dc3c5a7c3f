DROP TABLE annotations;
DROP TABLE fired_detectors;
DROP TABLE guardrail_traces;
