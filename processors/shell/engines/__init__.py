"""The engines that are fed: made by the settings that hold, which may change at run time."""
