"""The questionnaire: questions, conditions and answers; drawing a section."""
