"""What is done with the persons in payloads: pure functions from sent to stored."""
