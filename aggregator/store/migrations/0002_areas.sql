-- From here on an item is listed under the areas around its places too: that of
-- a Gemeinde under its Kreis and its Regierungsbezirk. Those that are stored are
-- listed so as well. See areasOf for the forms of keys. (A view, as a temporary
-- table would make all later transactions of the connection slower.)
CREATE VIEW inner_outer AS
    WITH keys (id, slug) AS (
        SELECT id, slug FROM labels
        WHERE slug NOT GLOB '*[^0-9]*' AND length(slug) IN (5, 8, 9)
           OR slug GLOB '[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]-?*')
    SELECT id AS place, substr(slug, 1, 3) AS area FROM keys WHERE substr(slug, 3, 1) <> '0'
    UNION ALL SELECT id, substr(slug, 1, 5) FROM keys WHERE length(slug) > 5
    UNION ALL SELECT id, substr(slug, 1, 8) FROM keys WHERE length(slug) > 9;
INSERT OR IGNORE INTO labels (slug) SELECT DISTINCT area FROM inner_outer;
INSERT OR IGNORE INTO listings (area, topic, sort, item)
    SELECT a.id, 0, l.sort, l.item
    FROM inner_outer io JOIN labels a ON a.slug = io.area JOIN listings l ON l.area = io.place AND l.topic = 0;
DROP VIEW inner_outer;
