"""The questionnaire: its questions, conditions and answers, and the form of a section."""
