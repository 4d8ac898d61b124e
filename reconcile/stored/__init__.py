"""What is stored beside readings and results: quality checks, marks, calibration gases."""
