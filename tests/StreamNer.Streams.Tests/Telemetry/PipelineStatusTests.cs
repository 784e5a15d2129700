using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.Tests.Telemetry;

/// <summary>When records would flow, and when not.</summary>
public sealed class PipelineStatusTests
{
    private readonly PipelineStatus _status = new();
    private readonly Transaction _transaction = new();

    public PipelineStatusTests()
    {
        _status.Became(PipelineState.Running);
        _status.Assigned([]);
        _status.Watch(_transaction, overdue: TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_transaction_that_is_open_for_longer_than_it_should_be_makes_the_pipeline_not_ready()
    {
        _transaction.OpenFor = TimeSpan.FromSeconds(1);
        Assert.True(_status.Snapshot().Ready);

        _transaction.OpenFor = TimeSpan.FromSeconds(1.1);
        Assert.False(_status.Snapshot().Ready);
        Assert.Equal(_transaction.OpenFor, _status.Snapshot().TransactionOpenFor);
    }

    [Fact]
    public void Between_runs_no_transaction_is_open()
    {
        _transaction.OpenFor = TimeSpan.FromSeconds(5);
        _status.RunEnded();
        Assert.Equal(TimeSpan.Zero, _status.Snapshot().TransactionOpenFor);
    }

    private sealed class Transaction : ITransactionGauge
    {
        public TimeSpan OpenFor { get; set; }
    }
}
