"""What CO2 costs in China's national carbon market: allowances, the gap to verified emissions, money. Estimates all."""
