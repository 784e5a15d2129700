using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models;

public sealed class OnnxEnvironmentTests
{
    [Fact]
    public void What_the_runtime_says_goes_through_the_log_and_can_not_steer_a_terminal()
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        model.GraphThatFailsAt("gone\u001b[2J\nforged");
        var log = new Lines();
        OnnxEnvironment.LogTo(log);

        var problems = ModelTrial.Problems(ModelFolder.Open(model.Folder));

        Assert.Contains(log.Messages, message => message.Contains("gone\u241b[2J\u240aforged", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Messages.Concat(problems), message => message.Any(char.IsControl));
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> Messages { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Messages.Enqueue(formatter(state, exception));
    }
}
