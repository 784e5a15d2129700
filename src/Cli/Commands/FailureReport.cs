using StreamNer.Actors;
using StreamNer.Cli.Demo;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Streams.Kafka;
using StreamNer.Tools.Hub;
using StreamNer.Tools.Optimization;

namespace StreamNer.Cli.Commands;

/// <summary>Turns what ended a command into lines for a person and a number for a script.</summary>
internal static class FailureReport
{
    /// <summary>Writes the failure and returns its exit code.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="stop">Whether the process was asked to stop, which explains a cancellation.</param>
    public static int Write(Exception failure, TextWriter error, CancellationToken stop)
    {
        switch (failure)
        {
            case ArgumentsException arguments:
                Lines(error, "the arguments can't be used:", arguments.Problems);
                return ExitCodes.Usage;

            case ConfigurationException configuration:
                Lines(error, "the configuration can't be used:", configuration.Problems);
                return ExitCodes.Usage;

            case ModelLoadException model:
                Lines(error, $"the model in {model.Folder} can't be loaded:", model.Problems);
                return ExitCodes.Model;

            case OperationCanceledException when stop.IsCancellationRequested:
                error.WriteLine("streamner: stopped before the work was done");
                return ExitCodes.Interrupted;

            case DemoStalledException stalled:
                error.WriteLine($"streamner: {VisibleText.Of(stalled.Message)}; --set Logging:Level=Information says more");
                return ExitCodes.Failed;

            case BrokerUnreachableException unreachable:
                error.WriteLine($"streamner: {VisibleText.Of(unreachable.Message)}");
                return ExitCodes.Broker;

            case TopicMissingException missing:
                error.WriteLine($"streamner: {VisibleText.Of(missing.Message)}");
                return ExitCodes.Broker;

            case BrokerRefusedException or PublishFailedException or HubException or OptimizationException or TimeoutException:
                error.WriteLine($"streamner: {VisibleText.Of(failure.Message)}");
                return ExitCodes.Failed;

            case IOException or UnauthorizedAccessException:
                error.WriteLine($"streamner: {VisibleText.Of(failure.Message)}");
                return ExitCodes.Failed;

            default:
                // Nobody foresaw this one: the stack says where to look.
                error.WriteLine($"streamner: unexpected failure: {VisibleText.Of(failure.ToString())}");
                return ExitCodes.Failed;
        }
    }

    private static void Lines(TextWriter error, string what, IReadOnlyList<string> problems)
    {
        error.WriteLine($"streamner: {what}");
        foreach (var problem in problems)
            error.WriteLine($"  - {VisibleText.Of(problem)}");
    }
}

/// <summary>The broker answers, but has no such topic.</summary>
internal sealed class TopicMissingException(string topic, string bootstrapServers)
    : Exception($"{bootstrapServers} has no topic '{topic}'; name another one with --topic, or another broker with --set "
        + $"Kafka:BootstrapServers=HOST:PORT");
