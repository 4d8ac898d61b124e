"""The plant-side daemon: reads instruments, keeps every scan until the database has it."""
