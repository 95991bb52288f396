// Types only; the functions are in the Swift target BisslC.
