"""A fleet of plants: what really happens, what their instruments show of it, what their books say, what goes wrong.

Every figure is a function of the seed and of the absolute minute or day, worked out in calendar months: no month needs
the one before it, so that a run may begin anywhere and be cut anyhow.
"""
