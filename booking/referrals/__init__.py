"""What a patient may book, and why."""
