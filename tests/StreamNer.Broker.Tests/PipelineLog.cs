using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StreamNer.Broker.Tests;

/// <summary>Keeps the numbers of the events that one pipeline logged. Any thread.</summary>
internal sealed class PipelineLog : ILoggerProvider, ILogger
{
    /// <summary>Partitions were given back, finished and committed.</summary>
    public const int Revoked = 3102;

    /// <summary>Partitions were given back, but not finished in time.</summary>
    public const int RevokedBusy = 3103;

    /// <summary>Partitions were lost: this member was silent for too long.</summary>
    public const int Lost = 3104;

    /// <summary>The broker refused offsets.</summary>
    public const int NotCommitted = 3111;

    /// <summary>No broker answers the consumer.</summary>
    public const int BrokersDown = 3113;

    /// <summary>A broker answers the consumer again.</summary>
    public const int BrokersBack = 3114;

    private readonly ConcurrentQueue<int> _events = new();
    private readonly ConcurrentQueue<string> _errors = new();

    /// <summary>The numbers, oldest first.</summary>
    public IReadOnlyCollection<int> Events => _events;

    /// <summary>What was logged as an error, oldest first.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        _events.Enqueue(eventId.Id);
        if (logLevel >= LogLevel.Error)
            _errors.Enqueue($"{formatter(state, exception)} {exception}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
