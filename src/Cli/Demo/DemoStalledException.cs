namespace StreamNer.Cli.Demo;

/// <summary>The demo waited long enough for something that did not come.</summary>
internal sealed class DemoStalledException(string message) : Exception(message);
