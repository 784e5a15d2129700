using CsCheck;
using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Kafka;

public sealed class BatchEndSearchTests
{
    [Fact]
    public void The_last_offset_inside_is_found_wherever_it_is_and_in_few_steps() =>
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 100_000], Gen.Long[1, 1_000_000_000]).Sample((first, more, behind) =>
        {
            var last = first + more;
            var asked = 0;

            var found = BatchEndSearch.LastInside(first, last + behind, offset =>
            {
                asked++;
                Assert.InRange(offset, first + 1, last + behind - 1);
                return offset <= last;
            });

            Assert.Equal(last, found);
            Assert.InRange(asked, 0, 2 * 18);
        });

    [Fact]
    public void A_batch_of_one_record_at_the_end_of_its_partition_needs_no_question() =>
        Assert.Equal(7, BatchEndSearch.LastInside(7, 8, _ => throw new InvalidOperationException("nothing lies in between")));
}
