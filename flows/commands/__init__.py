"""What each command does: settings in, steps run, answers printed, the exit status back."""
