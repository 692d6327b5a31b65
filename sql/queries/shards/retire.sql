-- Lets nothing be stored any more in a library that a change of its set has replaced.
CREATE TRIGGER sqlclap_retired BEFORE INSERT ON samples
BEGIN
    SELECT RAISE(ABORT, 'this library was a shard that has been split or joined: its set has others');
END
