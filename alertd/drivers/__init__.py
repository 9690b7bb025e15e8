"""What calls the tick: APScheduler in life, and a loop that jumps from wake to wake in rehearsal."""
