import BisslCore
