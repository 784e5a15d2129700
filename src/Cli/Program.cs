using StreamNer.Cli.Commands;
using StreamNer.Cli.Terminal;

using var stop = StopSignals.Listen();
return await StreamNerCommand.InvokeAsync(args, CommandTerminal.OfProcess(), stop.Token);
