using StreamNer.Embedded;

namespace StreamNer.Broker.Tests.Embedded;

public sealed class LagGuardTests
{
    private const int Big = 1024 * 1024;

    private readonly Dictionary<int, long> _committed = [];
    private int _questions;

    [Fact]
    public async Task Records_pass_without_a_question_while_there_is_room()
    {
        using var guard = Guard();
        for (var i = 0; i < 3; i++)
            await guard.AdmitAsync(0, Big, TestContext.Current.CancellationToken);

        Assert.Equal(0, _questions);
    }

    [Fact]
    public async Task A_full_partition_waits_until_the_group_has_read_it()
    {
        using var guard = Guard();
        for (var i = 0; i < 3; i++)
            await guard.AdmitAsync(0, Big, TestContext.Current.CancellationToken);

        var waiting = guard.AdmitAsync(0, Big, TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        _committed[0] = 101;
        await waiting;
    }

    [Fact]
    public async Task Each_partition_has_a_bound_of_its_own()
    {
        using var guard = Guard();
        for (var i = 0; i < 3; i++)
        {
            await guard.AdmitAsync(0, Big, TestContext.Current.CancellationToken);
            await guard.AdmitAsync(1, Big, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, _questions);
    }

    [Fact]
    public async Task A_record_above_the_bound_passes_alone()
    {
        using var guard = Guard();

        await guard.AdmitAsync(0, 5 * Big, TestContext.Current.CancellationToken);

        Assert.Equal(0, _questions);
    }

    private LagGuard Guard() => new([100, 0], _ =>
    {
        _questions++;
        return Task.FromResult<IReadOnlyDictionary<int, long>>(_committed);
    });
}
