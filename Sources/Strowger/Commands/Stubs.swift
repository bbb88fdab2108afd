import ArgumentParser
struct Status: ParsableCommand {}
struct Calls: ParsableCommand {}
struct Registrations: ParsableCommand {}
struct Ladder: ParsableCommand {}
struct AccessLog: ParsableCommand {}
struct CallRecords: ParsableCommand {}
struct Blocked: ParsableCommand {}
struct Backup: ParsableCommand {}
struct Restore: ParsableCommand {}
struct PlanCommand: ParsableCommand {}
struct ModuleCommand: ParsableCommand {}
