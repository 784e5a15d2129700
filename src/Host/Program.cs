using StreamNer.Host.Commands;
using StreamNer.Host.Terminal;

using var stop = StopSignals.Listen();
return await StreamNerCommand.InvokeAsync(args, CommandTerminal.OfProcess(), stop.Token);
