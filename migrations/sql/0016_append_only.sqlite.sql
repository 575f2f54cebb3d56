-- Orders and their lines are ended, never taken away; what came of them stays.
CREATE TRIGGER purchase_order_refuses_delete BEFORE DELETE ON purchase_order
BEGIN SELECT RAISE(ABORT, 'append-only: purchase_order refuses DELETE'); END;
--;
CREATE TRIGGER purchase_order_line_refuses_delete BEFORE DELETE ON purchase_order_line
BEGIN SELECT RAISE(ABORT, 'append-only: purchase_order_line refuses DELETE'); END;
--;
CREATE TRIGGER order_arrival_refuses_update BEFORE UPDATE ON order_arrival
BEGIN SELECT RAISE(ABORT, 'append-only: order_arrival refuses UPDATE'); END;
--;
CREATE TRIGGER order_arrival_refuses_delete BEFORE DELETE ON order_arrival
BEGIN SELECT RAISE(ABORT, 'append-only: order_arrival refuses DELETE'); END;
--;
