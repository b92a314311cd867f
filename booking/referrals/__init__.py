"""Referrals: what a patient may book, and why."""
