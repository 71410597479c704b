//! Price history from the CSV files in `infra/xtask/seed/prices`: real days of long ago, marked as such.

use std::fs;

use anyhow::{Context as _, ensure};

use super::{Context, Summary};

/// Symbol of an asset that the SQL files have inserted, and its file.
const FILES: &[(&str, &str)] = &[("AAPL", "aapl.csv"), ("MSFT", "msft.csv")];

/// Source of these prices, as stated in every response, so that nobody takes them for today's.
const SOURCE: &str = "historical:quandl-wiki";

const HEADER: &str = "Date,Open,High,Low,Close,Volume,Adj Close";

/// Creates candles for the days in the files, and the latest price from the last day's close.
pub(super) async fn run(context: &mut Context<'_>) -> anyhow::Result<Summary> {
    let mut days = 0;
    for (symbol, file) in FILES {
        let path = context.folder.join("prices").join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let history = History::parse(&text).with_context(|| path.display().to_string())?;
        days += history.days.len();
        insert(context, symbol, &history)
            .await
            .with_context(|| format!("cannot seed the prices of {symbol}"))?;
    }
    Ok(format!("{days} days of price history"))
}

/// The columns of a file as text: Postgres parses and checks the numbers.
#[derive(Debug, Default, PartialEq, Eq)]
struct History {
    days: Vec<String>,
    open: Vec<String>,
    high: Vec<String>,
    low: Vec<String>,
    close: Vec<String>,
    volume: Vec<String>,
}

impl History {
    /// Reads days in ascending order.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut lines = text.lines();
        ensure!(lines.next() == Some(HEADER), "the first line is not `{HEADER}`");
        let mut history = Self::default();
        for (index, line) in lines.enumerate() {
            let fields: Vec<&str> = line.split(',').collect();
            let [day, open, high, low, close, volume, _adjusted] = fields[..] else {
                anyhow::bail!("line {} does not have seven fields", index + 2);
            };
            let rises = history.days.last().is_none_or(|last| last.as_str() < day);
            ensure!(rises, "line {}: the days do not rise", index + 2);
            history.days.push(day.to_owned());
            history.open.push(open.to_owned());
            history.high.push(high.to_owned());
            history.low.push(low.to_owned());
            history.close.push(close.to_owned());
            history.volume.push(volume.to_owned());
        }
        ensure!(!history.days.is_empty(), "no days");
        Ok(history)
    }
}

async fn insert(context: &mut Context<'_>, symbol: &str, history: &History) -> anyhow::Result<()> {
    const PARTITIONS: &str =
        "select price_candle_partitions(min(day)::date, max(day)::date) from unnest($1::text[]) as day";
    const CANDLES: &str = "insert into price_candle (asset_id, day, open, high, low, close, volume, source) \
        select a.id, d.day::date, d.open::numeric, d.high::numeric, d.low::numeric, d.close::numeric, d.volume::numeric, $2 \
        from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) \
            as d (day, open, high, low, close, volume) \
        join asset a on a.symbol = $1 \
        on conflict do nothing";
    const LATEST: &str = "insert into price_tick (asset_id, as_of, source, price) \
        select c.asset_id, (c.day + time '16:00') at time zone 'America/New_York', c.source, c.close \
        from price_candle c join asset a on a.id = c.asset_id \
        where a.symbol = $1 and c.source = $2 \
        order by c.day desc limit 1 \
        on conflict do nothing";
    let transaction = context.client.transaction().await?;
    transaction.execute(PARTITIONS, &[&history.days]).await?;
    let History { days, open, high, low, close, volume } = history;
    transaction.execute(CANDLES, &[&symbol, &SOURCE, days, open, high, low, close, volume]).await?;
    transaction.execute(LATEST, &[&symbol, &SOURCE]).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_by_columns() {
        let history = History::parse(&format!("{HEADER}\n2011-03-01,1,2,0.5,1.5,100,0.1\n")).unwrap();
        assert_eq!((history.days, history.close), (vec!["2011-03-01".to_owned()], vec!["1.5".to_owned()]));
    }

    #[test]
    fn another_shape_is_refused() {
        let row = "2011-03-01,1,2,0.5,1.5,100,0.1";
        for wrong in [
            "",
            HEADER,
            &format!("{HEADER}\n1,2"),
            &format!("{HEADER}\n{row}\n{row}"),
            &format!("Day\n{row}"),
        ] {
            assert!(History::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_files_are_of_that_shape() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seed/prices");
        for (_, file) in FILES {
            let text = fs::read_to_string(folder.join(file)).unwrap();
            assert!(History::parse(&text).unwrap().days.len() > 490, "{file}");
        }
    }
}
