"""The judgement of outcomes: effects, controls, intervals. Pure; never a query or a page."""
